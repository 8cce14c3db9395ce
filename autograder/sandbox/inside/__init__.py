"""The part of the sandbox that runs inside it, in one process with the submission, which can read and change it all.

So nothing here may be believed by the other side, and no secret, reference or hidden case may ever come here. These
modules import nothing of `autograder` outside this folder: inside, it is mounted as the package `inside`. `frames` and
`values` are used on both sides of the line.
"""
