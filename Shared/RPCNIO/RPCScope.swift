// What the calls of a task may not do, whoever makes them in the end.
import RPC

/// Set once where a client's request comes in; every call that is made on its behalf carries it.
public enum RPCScope {
    /// As `RPCContext.scope` has it.
    @TaskLocal public static var current = ""

    static func applied(to context: RPCContext) -> RPCContext {
        guard context.scope.isEmpty, !current.isEmpty else { return context }
        var scoped = context
        scoped.scope = current
        return scoped
    }
}
