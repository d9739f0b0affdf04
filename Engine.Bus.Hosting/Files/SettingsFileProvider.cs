using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Primitives;

namespace Engine.Bus.Configuration.Files;

/// <summary>
/// The settings of a file. Once read, its content stays until the file is replaced by one that can be read: a file that is
/// broken, half-written or gone takes nothing away. Thread-safe.
/// </summary>
internal sealed class SettingsFileProvider : ConfigurationProvider, ISettingsFile, IDisposable
{
    private const int MaxBytes = 4 << 20;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Lock _lock = new();
    private readonly IFileProvider _files;
    private readonly bool _ownsFiles;
    private readonly string _path;
    private readonly SettingsFormat _format;
    private readonly bool _isOptional;
    private readonly IDisposable? _watch;
    private bool _wasRead;
    private ConfigurationProblem? _problem;

    public SettingsFileProvider(
        IFileProvider files, bool ownsFiles, string path, SettingsFormat format, bool isOptional, bool reloadOnChange)
    {
        _files = files;
        _ownsFiles = ownsFiles;
        _path = path;
        _format = format;
        _isOptional = isOptional;
        if (reloadOnChange)
            _watch = ChangeToken.OnChange(() => files.Watch(path), Reload);
    }

    public ConfigurationProblem? Problem => Volatile.Read(ref _problem);

    /// <summary>Reads the file. What is wrong with it the first time is thrown, later kept as the problem.</summary>
    public override void Load()
    {
        lock (_lock)
        {
            if (_wasRead)
                Reread();
            else
                Read();
        }
    }

    public void Reread()
    {
        lock (_lock)
        {
            try
            {
                Read();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or SettingsFormatException)
            {
                Volatile.Write(ref _problem, new ConfigurationProblem(_path, null, $"{e.Message} The last good content stays in force."));
            }
        }
    }

    public void Dispose()
    {
        _watch?.Dispose();
        if (_ownsFiles && _files is IDisposable files)
            files.Dispose();
    }

    public override string ToString() => $"{_format} settings in \"{_path}\"";

    private void Reload()
    {
        Reread();
        OnReload();
    }

    private void Read()
    {
        IFileInfo file = _files.GetFileInfo(_path);
        if (!file.Exists)
        {
            if (_isOptional && !_wasRead)
                return;
            throw new FileNotFoundException(
                $"The settings file \"{file.PhysicalPath ?? _path}\" is not there.", file.PhysicalPath ?? _path);
        }

        Data = SettingsFormats.Parse(ReadText(file), _format, file.PhysicalPath ?? _path);
        _wasRead = true;
        Volatile.Write(ref _problem, null);
    }

    private static string ReadText(IFileInfo file)
    {
        // Whoever is writing or replacing the file is not to be stopped by its being read.
        using Stream stream = file.PhysicalPath is { } path
            ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)
            : file.CreateReadStream();
        if (stream.Length > MaxBytes)
            throw new SettingsFormatException(
                file.PhysicalPath ?? file.Name, $"it has {stream.Length} bytes, and settings may have {MaxBytes}");
        using var reader = new StreamReader(stream, StrictUtf8);
        try
        {
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException e)
        {
            throw new SettingsFormatException(file.PhysicalPath ?? file.Name, "it is not UTF-8 text", inner: e);
        }
    }
}
