// The media types of images, OCI's and Docker's.

/// Names of content types and the questions asked about them.
public enum OCIMediaType {
    public static let index = "application/vnd.oci.image.index.v1+json"
    public static let manifest = "application/vnd.oci.image.manifest.v1+json"
    public static let config = "application/vnd.oci.image.config.v1+json"
    public static let layer = "application/vnd.oci.image.layer.v1.tar"
    public static let layerGzip = "application/vnd.oci.image.layer.v1.tar+gzip"
    public static let layerZstd = "application/vnd.oci.image.layer.v1.tar+zstd"

    public static let dockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json"
    public static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
    public static let dockerConfig = "application/vnd.docker.container.image.v1+json"
    public static let dockerLayerGzip = "application/vnd.docker.image.rootfs.diff.tar.gzip"

    public static func isIndex(_ type: String) -> Bool { type == index || type == dockerManifestList }
    public static func isManifest(_ type: String) -> Bool { type == manifest || type == dockerManifest }
    public static func isConfig(_ type: String) -> Bool { type == config || type == dockerConfig }
}

/// Annotations that carry an image's name in an OCI layout.
public enum OCIAnnotation {
    /// A tag, or a whole reference.
    public static let referenceName = "org.opencontainers.image.ref.name"
    /// A whole reference, as containerd and BuildKit write it.
    public static let imageName = "io.containerd.image.name"
}
