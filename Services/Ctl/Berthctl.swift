// berthctl: runs an engine without systemd, looks into one, and says what a host lacks.
import ArgumentParser
import ServiceKit

struct Berthctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "berthctl",
        abstract: "Runs and inspects a Berth container engine.",
        discussion: """
            Containers themselves are driven by any Docker client:
              export DOCKER_HOST=unix:///run/berth/berth.sock
              docker run --rm busybox echo hello

            Several engines run side by side on one host when each has its own --root, --run and --bridge.
            """,
        version: EngineVersion.current,
        subcommands: [
            UpCommand.self, DownCommand.self, StatusCommand.self, DoctorCommand.self, ShimCommand.self, ImagesCommand.self,
            TraceCommand.self, LaunchCommand.self,
        ])
}
