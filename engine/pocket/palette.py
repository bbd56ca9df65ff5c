"""The twelve named colours of the pocket models and of the initial latents."""

PALETTE = {  # RGB, 0..255
    "red": (224, 32, 36),
    "orange": (246, 134, 20),
    "yellow": (250, 218, 30),
    "green": (36, 160, 60),
    "sky": (120, 200, 248),
    "blue": (26, 66, 204),
    "purple": (136, 50, 170),
    "pink": (250, 150, 188),
    "brown": (128, 78, 40),
    "black": (18, 18, 20),
    "white": (252, 252, 252),
    "grey": (140, 140, 144),
}
