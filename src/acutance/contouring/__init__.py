"""From any field to its surface: octree, dual contouring and marching cubes."""
