// Placeholder.
import CCapability
import CSeccomp
