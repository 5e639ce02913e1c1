// The engine's state as metrics, under dockerd's names.
import GatewayBackends
import GatewayState
import Models
import RPC
import ServiceKit

extension ContainerEngine {
    /// From memory alone.
    func metrics(context: RPCContext) async -> String {
        var text = MetricsText()
        describeActions(&text)
        let records = store.all
        let running = records.count { $0.state.isRunning }
        let paused = records.count { $0.state.isPaused }
        text.gauge(
            "engine_daemon_container_states_containers", "The count of containers in various states",
            [
                ("state=\"paused\"", Double(paused)), ("state=\"running\"", Double(running)),
                ("state=\"stopped\"", Double(records.count - running - paused)),
            ])
        text.gauge("engine_daemon_engine_info", "The information related to the engine and the OS it is running on", [(facets, 1)])
        text.gauge(
            "engine_daemon_engine_cpus_cpus", "The number of cpus that the host system of the engine has", [("", Double(facts.cpuCount))])
        text.gauge(
            "engine_daemon_engine_memory_bytes", "The number of bytes of memory that the host system of the engine has",
            [("", Double(facts.memory))])
        text.gauge(
            "engine_daemon_events_subscribers_total", "The number of current subscribers to events",
            [("", Double(store.journal.subscriberCount))])
        text.counter("engine_daemon_events_total", "The number of events logged", store.journal.appendedCount)
        let checks = actions.healthChecks
        text.counter("engine_daemon_health_checks_total", "The total number of health checks", checks.all)
        text.counter("engine_daemon_health_checks_failed_total", "The total number of failed health checks", checks.failed)
        text.histogram(
            "engine_daemon_health_check_start_duration_seconds", "The number of seconds it takes to prepare to run health checks",
            actions.snapshot(.health))
        text.gauge("berth_gateway_descriptors", "Open descriptors of the gateway", [("", Double(HostDescription.openDescriptors()))])
        text.gauge("berth_gateway_tasks", "Tasks of the gateway in the background", [("", Double(tasks.count))])
        ProcessUsage.current()?.describe(&text)
        return text.text
    }

    private var facets: String {
        let release = HostDescription.osRelease()
        let facets = [
            ("architecture", facts.machine), ("commit", ""), ("daemon_id", store.engineID), ("graphdriver", Self.storageDriver),
            ("kernel", facts.kernelVersion), ("os", release["PRETTY_NAME"] ?? "Linux"), ("os_type", "linux"),
            ("os_version", release["VERSION_ID"] ?? ""), ("version", EngineVersion.current),
        ]
        return facets.map { "\($0)=\"\(MetricsText.escaped($1))\"" }.joined(separator: ",")
    }

    private func describeActions(_ text: inout MetricsText) {
        text.histogram(
            "engine_daemon_container_actions_seconds", "The number of seconds it takes to process each container action",
            actions.snapshot(.container))
        text.histogram(
            "engine_daemon_network_actions_seconds", "The number of seconds it takes to process each network action",
            actions.snapshot(.network))
        text.histogram(
            "engine_daemon_image_actions_seconds", "The number of seconds it takes to process each image action",
            actions.snapshot(.image))
        text.histogram(
            "engine_daemon_host_info_functions_seconds", "The number of seconds it takes to call functions gathering info about the host",
            by: "function", actions.snapshot(.host))
    }
}
