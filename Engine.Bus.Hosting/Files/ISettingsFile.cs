namespace Engine.Bus.Configuration;

/// <summary>A file of settings that keeps its last good content.</summary>
internal interface ISettingsFile
{
    /// <summary>Why the file as it is now is not in force; null if it is.</summary>
    ConfigurationProblem? Problem { get; }

    /// <summary>The content in force, with the places of its nodes; null if none has been read.</summary>
    ParsedSettings? Settings { get; }

    /// <summary>Reads the file again, without telling anybody.</summary>
    void Reread();

    /// <summary>What was thrown when a change was told to all, or was to be watched for, once; null for nothing.</summary>
    Exception? TakeFault();
}
