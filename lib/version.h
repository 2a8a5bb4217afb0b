/* version.h -- the version of the whole suite; man/ and `--version` say the same. */
#ifndef LIB_VERSION_H
#define LIB_VERSION_H

#define CLOZE_VERSION "0.1.0"

#endif
