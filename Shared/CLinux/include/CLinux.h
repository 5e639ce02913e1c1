#pragma once
#include "sockets.h"
#include "groups.h"
#include "mounts.h"
#include "network.h"
#include "processes.h"
#include "layers.h"
#include "supervision.h"
