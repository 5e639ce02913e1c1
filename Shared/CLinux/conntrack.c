// Dumps the kernel's table of connections over netlink, and deletes entries of it.
#include "conntrack.h"
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct wanted {
    const uint8_t *container;
    uint16_t host_port;
    // With these, not the two above: a bit for each port, of flows of this family that nobody has answered or translated.
    const uint8_t *ports;
    uint8_t family;
};

struct request {
    struct nlmsghdr header;
    struct nfgenmsg family;
    uint8_t attributes[512];
};

static const struct nlattr *find(const void *first, int length, int type) {
    const struct nlattr *attribute = first;
    while (length >= NLA_HDRLEN && attribute->nla_len >= NLA_HDRLEN && attribute->nla_len <= length) {
        if ((attribute->nla_type & NLA_TYPE_MASK) == type) return attribute;
        int step = NLA_ALIGN(attribute->nla_len);
        if (step > length) break;
        length -= step;
        attribute = (const struct nlattr *)((const uint8_t *)attribute + step);
    }
    return NULL;
}

static const uint8_t *payload(const struct nlattr *attribute) { return (const uint8_t *)attribute + NLA_HDRLEN; }

static const struct nlattr *inside(const struct nlattr *nest, int type) {
    return nest ? find(payload(nest), nest->nla_len - NLA_HDRLEN, type) : NULL;
}

// The value of an attribute of exactly that size, or NULL.
static const uint8_t *value(const struct nlattr *attribute, int size) {
    return attribute && attribute->nla_len == NLA_HDRLEN + size ? payload(attribute) : NULL;
}

static int matches(const struct nlattr *original, const struct nlattr *reply, const struct wanted *wanted) {
    const struct nlattr *protocol = inside(original, CTA_TUPLE_PROTO);
    const uint8_t *number = value(inside(protocol, CTA_PROTO_NUM), 1);
    if (!number || *number != IPPROTO_UDP) return 0;
    const uint8_t *source = value(inside(inside(reply, CTA_TUPLE_IP), CTA_IP_V4_SRC), 4);
    if (wanted->container && (!source || memcmp(source, wanted->container, 4) != 0)) return 0;
    const uint8_t *port = value(inside(protocol, CTA_PROTO_DST_PORT), 2);
    return !wanted->host_port || (port && ((uint16_t)port[0] << 8 | port[1]) == wanted->host_port);
}

static int is_unanswered(const struct nlattr *original, const struct nlattr *status, const uint8_t *ports) {
    const struct nlattr *protocol = inside(original, CTA_TUPLE_PROTO);
    const uint8_t *number = value(inside(protocol, CTA_PROTO_NUM), 1);
    const uint8_t *port = value(inside(protocol, CTA_PROTO_DST_PORT), 2);
    const uint8_t *bits = value(status, 4);
    if (!number || (*number != IPPROTO_TCP && *number != IPPROTO_UDP) || !port || !bits) return 0;
    // Bits 1 and 5, of a number in network order: a reply was seen, the destination is translated.
    if (bits[3] & (1 << 1 | 1 << 5)) return 0;
    return ports[port[0] << 5 | port[1] >> 3] >> (port[1] & 7) & 1;
}

static int send_request(int descriptor, uint8_t family, int type, int flags, const struct nlattr *tuple) {
    struct request request = {.family = {.nfgen_family = family, .version = NFNETLINK_V0}};
    int size = tuple ? tuple->nla_len : 0;
    if (size > (int)sizeof request.attributes) return -EMSGSIZE;
    if (tuple) memcpy(request.attributes, tuple, (size_t)size);
    request.header.nlmsg_len = NLMSG_LENGTH(sizeof request.family) + (uint32_t)NLA_ALIGN(size);
    request.header.nlmsg_type = (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | type);
    request.header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    return send(descriptor, &request, request.header.nlmsg_len, 0) < 0 ? -errno : 0;
}

// A flow that ended by itself meanwhile counts as forgotten.
static int forget(int descriptor, uint8_t family, const struct nlattr *tuple) {
    int result = send_request(descriptor, family, IPCTNL_MSG_CT_DELETE, NLM_F_ACK, tuple);
    if (result < 0) return result;
    struct {
        struct nlmsghdr header;
        struct nlmsgerr error;
        uint8_t rest[1024];
    } answer;
    if (recv(descriptor, &answer, sizeof answer, 0) < 0) return -errno;
    if (answer.header.nlmsg_type != NLMSG_ERROR) return -EPROTO;
    return answer.error.error == -ENOENT ? 0 : answer.error.error;
}

// Looks at the messages of one read. Returns 1 at the end of the dump, 0 when more is to come.
static int examine(const uint8_t *buffer, int length, int deleter, const struct wanted *wanted, int *count) {
    const struct nlmsghdr *message = (const void *)buffer;
    for (; NLMSG_OK(message, (unsigned)length); message = NLMSG_NEXT(message, length)) {
        if (message->nlmsg_type == NLMSG_DONE) return 1;
        if (message->nlmsg_type == NLMSG_ERROR) return ((const struct nlmsgerr *)NLMSG_DATA(message))->error;
        int size = (int)message->nlmsg_len - NLMSG_LENGTH(sizeof(struct nfgenmsg));
        const uint8_t *first = (const uint8_t *)NLMSG_DATA(message) + NLMSG_ALIGN(sizeof(struct nfgenmsg));
        const struct nlattr *original = find(first, size, CTA_TUPLE_ORIG);
        int is_wanted = wanted->ports ? is_unanswered(original, find(first, size, CTA_STATUS), wanted->ports)
                                      : matches(original, find(first, size, CTA_TUPLE_REPLY), wanted);
        if (!is_wanted) continue;
        int result = forget(deleter, wanted->family, original);
        if (result < 0) return result;
        *count += 1;
    }
    return 0;
}

static int forget_all(int dumper, int deleter, const struct wanted *wanted) {
    _Alignas(struct nlmsghdr) uint8_t buffer[32768];
    int count = 0;
    int result = send_request(dumper, wanted->family, IPCTNL_MSG_CT_GET, NLM_F_DUMP, NULL);
    while (result == 0) {
        ssize_t length = recv(dumper, buffer, sizeof buffer, 0);
        if (length < 0 && errno == EINTR) continue;
        if (length < 0) return -errno;
        result = examine(buffer, (int)length, deleter, wanted, &count);
    }
    return result < 0 ? result : count;
}

static int forget_wanted(const struct wanted *wanted) {
    int dumper = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
    if (dumper < 0) return -errno;
    int deleter = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
    int result = deleter < 0 ? -errno : forget_all(dumper, deleter, wanted);
    if (deleter >= 0) close(deleter);
    close(dumper);
    return result;
}

int berth_conntrack_forget_udp(const uint8_t *container, uint16_t host_port) {
    struct wanted wanted = {.container = container, .host_port = host_port, .family = AF_INET};
    return forget_wanted(&wanted);
}

int berth_conntrack_forget_unanswered(const uint8_t *ports) {
    struct wanted v4 = {.ports = ports, .family = AF_INET}, v6 = {.ports = ports, .family = AF_INET6};
    int first = forget_wanted(&v4);
    int second = first < 0 ? first : forget_wanted(&v6);
    return second < 0 ? second : first + second;
}
