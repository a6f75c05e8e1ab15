"""What the diagnosis says, worked by hand and held to other libraries."""
