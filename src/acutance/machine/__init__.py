"""The machine: cores, files, devices, and what is measured of them."""
