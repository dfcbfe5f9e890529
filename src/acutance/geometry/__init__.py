"""What comes in: any mesh or point cloud becomes a solid with a signed distance."""
