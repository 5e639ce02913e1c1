// Forms that try to get out by a path or a link.

extension HostileForm {
    static let paths: [HostileForm] = [
        HostileForm("climbs", layer: "leads out of the layer", copy: "leads out of the layer") { tar, _ in tar.file("../escaped", "x") },
        HostileForm(
            "climbs after descending", layer: "leads out of the layer", copy: "leads out of the layer"
        ) { tar, _ in tar.file("a/../../escaped", "x") },
        HostileForm("climbs by many levels", layer: "leads out of the layer", copy: "leads out of the layer") { tar, victim in
            tar.file(String(repeating: "../", count: 30) + victim.dropFirst() + "/escaped", "x")
        },
        HostileForm(
            "is the parent", layer: "leads out of the layer", copy: "leads out of the layer"
        ) { tar, _ in tar.directory("..", mode: 0o777) },
        HostileForm("climbs and comes back") { tar, _ in tar.file("a/../b", "x") },
        HostileForm("absolute name") { tar, victim in tar.file("\(victim)/escaped", "x") },
        HostileForm("many slashes") { tar, _ in tar.file("//etc///many", "x") },
        HostileForm(
            "below an absolute link", layer: "File exists", copy: "No such file or directory", dockerd: "no such file or directory",
            "no such file or directory"
        ) { tar, victim in
            tar.symbolicLink("way", to: victim)
            tar.file("way/escaped", "x")
        },
        HostileForm(
            "below a climbing link", layer: "File exists", copy: "No such file or directory", dockerd: "no such file or directory"
        ) { tar, _ in
            tar.symbolicLink("way", to: "../../../../../../tmp")
            tar.file("way/escaped-berth", "x")
        },
        HostileForm(
            "below a chain of links", layer: "File exists", copy: "No such file or directory", dockerd: "no such file or directory",
            "no such file or directory"
        ) { tar, victim in
            tar.symbolicLink("a", to: "b")
            tar.symbolicLink("b", to: "c")
            tar.symbolicLink("c", to: victim)
            tar.file("a/escaped", "x")
        },
        HostileForm(
            "below a circle of links", layer: "Too many levels of symbolic links", copy: "Too many levels of symbolic links",
            dockerd: "too many levels of symbolic links", "too many levels of symbolic links"
        ) { tar, _ in
            tar.symbolicLink("a", to: "b")
            tar.symbolicLink("b", to: "a")
            tar.file("a/escaped", "x")
        },
        HostileForm(
            "below a link into proc", layer: "File exists", copy: "No such file or directory", dockerd: "no such file or directory",
            "no such file or directory"
        ) { tar, victim in
            tar.symbolicLink("way", to: "/proc/1/root\(victim)")
            tar.file("way/escaped", "x")
        },
        HostileForm("file over a link", dockerd: "duplicates of file paths not supported") { tar, victim in
            tar.symbolicLink("way", to: "\(victim)/secret")
            tar.file("way", "overwritten")
        },
        HostileForm(
            "directory over a link", copy: "cannot overwrite non-directory", dockerd: "duplicates of file paths not supported",
            "cannot overwrite non-directory"
        ) { tar, victim in
            tar.symbolicLink("way", to: victim)
            tar.directory("way", mode: 0o777)
            tar.file("way/escaped", "x")
        },
        HostileForm(
            "hard link to an absolute name", layer: "which is not in the layer", copy: "which is not in the layer",
            dockerd: "no such file or directory", "no such file or directory"
        ) { tar, victim in tar.hardLink("way", to: "\(victim)/secret") },
        HostileForm(
            "hard link that climbs", layer: "leads out of the layer", copy: "leads out of the layer", dockerd: "no such file or directory",
            "no such file or directory"
        ) { tar, victim in
            tar.hardLink("way", to: String(repeating: "../", count: 30) + victim.dropFirst() + "/secret")
        },
        HostileForm(
            "hard link through a link", layer: "which is not in the layer", copy: "which is not in the layer",
            dockerd: "no such file or directory", "no such file or directory"
        ) { tar, victim in
            tar.symbolicLink("door", to: victim)
            tar.hardLink("way", to: "door/secret")
        },
        HostileForm("hard link to a link, then written to", dockerd: "duplicates of file paths not supported") { tar, victim in
            tar.symbolicLink("door", to: "\(victim)/secret")
            tar.hardLink("way", to: "door")
            tar.file("way", "overwritten")
        },
        HostileForm(
            "hard link to nothing", layer: "which is not in the layer", copy: "which is not in the layer",
            dockerd: "no such file or directory", "no such file or directory"
        ) { tar, _ in tar.hardLink("way", to: "nowhere") },
        HostileForm(
            "hard link to itself", layer: "which is not in the layer", copy: "which is not in the layer",
            dockerd: "no such file or directory", "no such file or directory"
        ) { tar, _ in tar.hardLink("way", to: "way") },
        HostileForm(
            "hard link to a directory", layer: "Operation not permitted", copy: "Operation not permitted",
            dockerd: "operation not permitted", "operation not permitted"
        ) { tar, _ in
            tar.directory("d")
            tar.hardLink("way", to: "d")
        },
    ]
}
