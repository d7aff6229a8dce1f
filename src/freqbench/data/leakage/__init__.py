"""What train and test share: relations of fields of view, identical pixels, shared noise."""
