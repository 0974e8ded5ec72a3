/// Networks
