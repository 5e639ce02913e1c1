// What goes wrong within, as callers are told.
import Glibc
import RPC

extension RPCError {
    /// The caller's archive is to blame, or the disk, or us.
    init(imageFailure error: any Error) {
        switch error {
        case let error as RPCError: self = error
        case let failure as RegistryFailure: self.init(failure)
        case is CancellationError, is BoundedPipe.Abandoned: self.init(.cancelled, "the request was cancelled")
        case UnpackError.system(_, _, ENOSPC), UnpackError.system(_, _, EDQUOT):
            self.init(.resourceExhausted, "\(error); free some space and try again")
        case UnpackError.system(_, _, EROFS): self.init(.forbidden, "\(error)")
        case let error as SystemError where error.code == EROFS: self.init(.forbidden, "\(error)")
        case let error as UnpackError where !error.isByArchive: self.init(.internalError, "\(error)")
        case let error as SystemError where error.code == ENOSPC || error.code == EDQUOT:
            self.init(.resourceExhausted, "\(error); free some space and try again")
        case is UnpackError, is IngestLimitError, is CompressionError, is DigestMismatch, is ArchiveError:
            self.init(.invalidParameter, "\(error)")
        default: self.init(.internalError, "\(error)")
        }
    }
}
