"""The pieces that furniture and aircraft are built from: curves, skins, bars and panels."""
