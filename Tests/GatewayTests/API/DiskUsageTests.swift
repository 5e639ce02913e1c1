// What disk usage adds up, sizes included that nobody could ever have written: files with holes have them.
import GatewayBackends
import Models
import Testing

@testable import GatewayAPI

@Suite struct DiskUsageTests {
    @Test func sizesBeyondNumbersAreToldAsTheLargest() {
        var report = DiskUsageReport()
        report.layersSize = .max
        report.images = (0..<2).map { number in
            var image = ImageSummary(id: "\(number)")
            (image.size, image.containers) = (.max, 1)
            return image
        }
        report.volumes = (0..<2).map { number in
            var volume = VolumeInfo(name: "\(number)", createdAt: .never)
            volume.usageData = .init(refCount: 0, size: .max)
            return volume
        }
        report.containers = (0..<2).map { number in
            var container = ContainerSummary(id: "\(number)", names: [], state: .exited, hostConfig: .init(networkMode: ""))
            container.sizeRw = .max
            return container
        }
        var usage = DiskUsage()
        DiskUsageRoute.describe(report, [.image, .volume, .container], verbose: false, &usage)
        #expect(usage.imageUsage?.reclaimable == 0 && usage.imageUsage?.totalSize == .max)
        #expect(usage.volumeUsage?.reclaimable == .max && usage.volumeUsage?.totalSize == .max)
        #expect(usage.containerUsage?.reclaimable == .max && usage.containerUsage?.totalSize == .max)
    }
}
