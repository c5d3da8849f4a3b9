"""Where a person is: by network address, by device fix, by place name. The only room that makes a Position."""
