"""extract_wikiextractor.py DUMP FOLDER -- WikiExtractor in one process, templates left out."""
import os
import sys

from wikiextractor import WikiExtractor

import clock

sys.argv[1:] = ["--processes", "1", "--no-templates", "--quiet", "--text", "-b", "1G",
                "-o", sys.argv[2], sys.argv[1]]
clock.work(WikiExtractor.main)
if "PRINT" in os.environ:
    with open(sys.argv[-2] + "/AA/wiki_00", encoding="utf-8") as file:
        sys.stdout.write(file.read())
