"""Methods without training: classical denoisers tuned on train patches, and the landmarks beside them."""
