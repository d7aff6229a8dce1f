"""The nucleus level: nuclei found once in the clean images, and measured in every restoration of them."""
