"""How a latent is optimised: the losses and the optimisers."""
