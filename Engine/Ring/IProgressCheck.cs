namespace Engine.Ring;

/// <summary>What a sleeper waits for, asked once between announcing its sleep and sleeping.</summary>
internal interface IProgressCheck
{
    /// <summary>Whether there is no reason to sleep.</summary>
    bool HasProgress();
}
