namespace Engine.Emulator;

/// <summary>Watches a machine's time go by.</summary>
internal interface IMachineWatch
{
    /// <summary>The devices have been polled.</summary>
    void Polled();

    /// <summary>The guest was idle for some ticks, which are about to be added to the machine's time.</summary>
    void Idled(ulong ticks);
}
