// One worker more than CI has processors: the fixtures that run beside each other start programs and wait for them.
[assembly: LevelOfParallelism(3)]
