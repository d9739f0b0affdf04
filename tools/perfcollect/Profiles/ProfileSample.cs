namespace Engine.PerfCollect.Profiles;

/// <summary>One sample of a thread's stack.</summary>
/// <param name="AtMilliseconds">When, from the first sample.</param>
/// <param name="Milliseconds">The time it stands for.</param>
/// <param name="ProcessId">The process.</param>
/// <param name="ThreadId">The thread.</param>
/// <param name="ThreadName">The thread's name, or its id where there is none.</param>
/// <param name="Frames">The methods, outermost first, as <c>module!method</c>. Equal names are one instance.</param>
internal readonly record struct ProfileSample(
    double AtMilliseconds, double Milliseconds, int ProcessId, int ThreadId, string ThreadName, string[] Frames);
