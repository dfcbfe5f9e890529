"""How it is learned: losses, schedules, the step and the loop around it."""
