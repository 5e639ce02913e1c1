// A check of a container's health that is on its way.

enum HealthCheck {
    case process(HealthProbe)
    case dial(HealthDial)
}
