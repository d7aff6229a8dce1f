"""Training: one loop, one objective, one discriminator schedule for all methods."""
