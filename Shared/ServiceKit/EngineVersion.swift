// The versions that the engine reports.

/// The engine's own version, on which all processes of one build agree, and the one that clients go by.
public enum EngineVersion {
    /// Semantic version of Berth itself, as `berthctl --version` shows it.
    public static let current = "0.1.0"

    /// The release of Docker whose API this is. Clients refuse engines, or leave out calls, by this number.
    public static let docker = "29.0.0"
}
