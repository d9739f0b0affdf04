namespace Engine.PerfCollect;

/// <summary>What was asked for cannot be done. The message is one line that says what is missing and how to get it.</summary>
internal sealed class PerfCollectException(string message) : Exception(message);
