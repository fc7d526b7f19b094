/* The version of charnn. */
#ifndef CHARNN_BASE_VERSION_H
#define CHARNN_BASE_VERSION_H

#define CHARNN_VERSION "0.1.0"
#define CHARNN_RELEASE_DATE "2026-11-21"

#endif
