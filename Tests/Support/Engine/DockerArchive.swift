// An image archive as `docker save` writes it.
import Foundation

public enum DockerArchive {
    /// The busybox image with a default command, under another tag.
    public static func busybox(tag: String) async throws -> [UInt8] {
        let layer = try await BusyboxImage.archive()
        let digest = try await Command("/usr/bin/sha256sum", ["-"], stdin: layer).run().text.prefix(64)
        let config = """
            {"architecture":"amd64","os":"linux","created":"2024-01-01T00:00:00Z",\
            "config":{"Cmd":["echo","loaded default command"],"Env":["PATH=/bin:/usr/bin:/sbin:/usr/sbin"]},\
            "rootfs":{"type":"layers","diff_ids":["sha256:\(digest)"]},"history":[{"created":"2024-01-01T00:00:00Z"}]}
            """
        var tar = TarArchive()
        tar.file("config.json", config)
        tar.directory("layer")
        tar.file("layer/layer.tar", layer)
        tar.file("manifest.json", #"[{"Config":"config.json","RepoTags":["\#(tag)"],"Layers":["layer/layer.tar"]}]"#)
        return tar.finished()
    }
}
