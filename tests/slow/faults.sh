# faults.sh -- every allocation and every call of the text programs fails once, and from there on;
# what is read and written comes and goes in pieces.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../helper/faulty.sh"
. "$(dirname "$0")/../helper/faultsubjects.sh"

faults_ready || { skip "faults cannot be put in front of a program with a sanitizer"; done_testing
    }
subjects_make
every_subject() { # of each, each fault
    each_fault memory 400 37
    each_fault memory+ 400 37
    for call in open read pread close mmap; do each_fault $call 200 7; done
    each_fault write+:ENOSPC 200 7
    for call in write pwrite ftruncate mkdir fsync rename thread; do each_fault $call 200; done
    same_in_pieces
}
subjects_each every_subject
done_testing
