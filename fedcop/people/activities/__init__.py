"""What people say to other servers and hear from them. Mapping between the domain and ActivityPub; rules and rows are the service's."""
