// Sockets in other network namespaces than the calling thread's, and where descriptors lie. All return a negative errno on failure.
#pragma once

// A non-blocking, close-on-exec socket in the namespace. The thread is there for the moment it takes and comes back to `home`;
// should it not get back, the process ends, because it would go on working in the wrong place.
int berth_netns_socket(int netns, int home, int family, int type, int protocol);

// Moves a descriptor to a number of at least `minimum`, closed on exec, and closes the old one. Where the process may not have as
// many, the descriptor stays as it is. Returns its number.
int berth_descriptor_raise(int descriptor, int minimum);

// Allows the process as many descriptors as it may allow itself. Returns how many it was allowed before.
long berth_descriptor_limit_raise(void);

// Allows the process so many descriptors, and what it starts.
int berth_descriptor_limit_set(long count);
