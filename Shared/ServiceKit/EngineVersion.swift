// The version every process of the engine reports.

/// The engine's own version; all processes of one build agree on it.
public enum EngineVersion {
    /// Semantic version, as `docker version` shows it.
    public static let current = "0.1.0"
}
