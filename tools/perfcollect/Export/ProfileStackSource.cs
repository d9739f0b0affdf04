using Engine.PerfCollect.Profiles;
using Microsoft.Diagnostics.Tracing.Stacks;

namespace Engine.PerfCollect.Export;

/// <summary>A profile as TraceEvent's writers take it: stacks that begin with process and thread.</summary>
internal sealed class ProfileStackSource : InternStackSource
{
    public ProfileStackSource(Profile profile)
    {
        StackSourceModuleIndex none = Interner.ModuleIntern(string.Empty);
        foreach (ProfileSample sample in profile.Samples)
        {
            StackSourceCallStackIndex stack = StackSourceCallStackIndex.Invalid;
            foreach (string frame in sample.Frames.Prepend($"Thread ({sample.ThreadId})").Prepend($"Process ({sample.ProcessId})"))
                stack = Interner.CallStackIntern(Interner.FrameIntern(frame, none), stack);
            AddSample(new StackSourceSample(this)
            {
                StackIndex = stack,
                Metric = (float)sample.Milliseconds,
                TimeRelativeMSec = sample.AtMilliseconds,
            });
        }

        Interner.DoneInterning();
    }
}
