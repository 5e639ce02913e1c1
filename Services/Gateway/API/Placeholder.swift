// Placeholder.
import Hummingbird
import HummingbirdCore
