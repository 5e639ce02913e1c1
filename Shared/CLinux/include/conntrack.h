// The kernel's table of connections: forgetting datagram flows, which would otherwise follow former rules for as long as they go on.
#pragma once
#include <stdint.h>

// Forgets the UDP flows of the calling thread's network namespace that lead to a container and to a port of the host.
// container: four bytes in network order, or NULL for any. host_port: 0 for any.
// Returns the number of flows, or a negative errno.
int berth_conntrack_forget_udp(const uint8_t *container, uint16_t host_port);

// Forgets TCP and UDP flows to ports of hosts that have neither an answer nor a translated destination, of both families.
// ports: 8192 bytes, a bit for each port, that of port 0 the lowest of the first. Returns the number of flows, or a negative errno.
int berth_conntrack_forget_unanswered(const uint8_t *ports);
