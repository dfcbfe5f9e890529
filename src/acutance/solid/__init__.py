"""What has an inside: any mesh or point cloud becomes a solid with a signed distance."""
