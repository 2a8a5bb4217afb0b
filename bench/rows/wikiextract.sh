# wikiextract beside WikiExtractor, which reads the same dump, both on one core, as its "one
# process" is more than one; and beside programs that only decompress, where bzip2 is what takes the
# time.
size=$(bytes "$in/dump.xml")
has wikiextractor && row wikiextract "English dump, XML, $((size / 1000000)) MB" "$size" MB/s bag \
    "-j 1, one core" "taskset -c 0 wikiextract -q -j 1 $in/dump.xml" \
    "WikiExtractor, one core" \
    "taskset -c 0 $(peer extract_wikiextractor.py) $in/dump.xml $dir/wikiextractor"
size=$(bzip2 -dc "$in/dump.xml.bz2" | wc -c)
label="English dump, bzip2, $((size / 1000000)) MB of XML"
has bzip2 && row wikiextract "$label" "$size" MB/s none \
    "-j 1" "wikiextract -q -j 1 $in/dump.xml.bz2" \
    "bzip2 -dc (no extraction)" "bzip2 -dc $in/dump.xml.bz2"
has lbzip2 && row wikiextract "$label" "$size" MB/s none \
    "-j 2" "wikiextract -q -j 2 $in/dump.xml.bz2" \
    "lbzip2 -n 2 -dc (no extraction)" "lbzip2 -n 2 -dc $in/dump.xml.bz2"
has pbzip2 && row wikiextract "$label" "$size" MB/s none \
    "-j 2" "wikiextract -q -j 2 $in/dump.xml.bz2" \
    "pbzip2 -p2 -dc (no extraction)" "pbzip2 -p2 -dc $in/dump.xml.bz2"
