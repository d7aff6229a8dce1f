"""How well metrics agree with what people say of images: Table 1 of the FRC loss paper, on KADID-10k."""
