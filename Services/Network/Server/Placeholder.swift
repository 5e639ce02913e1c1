// Placeholder.
import CNetlink
import CNftables
