"""The benchmark open5: 181 shapes of two Debian packages."""
