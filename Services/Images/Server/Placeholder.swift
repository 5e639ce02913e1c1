// Placeholder.
import GRDB
import Crypto
import NIOPosix
import CArchive
import CInflate
import CZstd
