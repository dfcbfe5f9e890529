"""The benchmark parts: thousands of electronic parts from CAD, of one Debian package."""
