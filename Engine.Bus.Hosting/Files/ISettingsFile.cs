namespace Engine.Bus.Configuration.Files;

/// <summary>A file of settings that keeps its last good content.</summary>
internal interface ISettingsFile
{
    /// <summary>Why the file as it is now is not in force; null if it is.</summary>
    ConfigurationProblem? Problem { get; }

    /// <summary>Reads the file again, without telling anybody.</summary>
    void Reread();
}
