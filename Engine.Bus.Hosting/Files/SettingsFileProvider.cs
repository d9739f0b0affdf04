using Engine.Primitives;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Primitives;

namespace Engine.Bus.Configuration;

/// <summary>
/// The settings of a file. Once read, its content stays until the file is replaced by one that can be read: a file that is
/// broken, half-written or gone takes nothing away. Thread-safe.
/// </summary>
internal sealed class SettingsFileProvider : ConfigurationProvider, ISettingsFile, IDisposable
{
    private readonly Lock _lock = new();
    private readonly IFileProvider _files;
    private readonly bool _ownsFiles;
    private readonly string _path;
    private readonly SettingsFormat _format;
    private readonly bool _isOptional;
    private readonly IDisposable? _watch;
    private bool _wasRead;
    private ConfigurationProblem? _problem;
    private ParsedSettings? _settings;
    private Exception? _fault;

    public SettingsFileProvider(
        IFileProvider files, bool ownsFiles, string path, SettingsFormat format, bool isOptional, bool reloadOnChange)
    {
        _files = files;
        _ownsFiles = ownsFiles;
        _path = path;
        _format = format;
        _isOptional = isOptional;
        if (reloadOnChange)
            _watch = ChangeToken.OnChange(Watch, Reload);
    }

    public ConfigurationProblem? Problem => Volatile.Read(ref _problem);

    public ParsedSettings? Settings => Volatile.Read(ref _settings);

    public Exception? TakeFault() => Interlocked.Exchange(ref _fault, null);

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
            catch (Exception e)
            {
                // Any: the source of files may be the host's own, and this runs on a thread that nobody waits for.
                Volatile.Write(ref _problem, new ConfigurationProblem(
                    _path, null, $"{ForeignText.MessageOf(e)} The last good content stays in force."));
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

    /// <summary>The token of the next change. After the first one, called on a thread of the source of files.</summary>
    private IChangeToken? Watch()
    {
        try
        {
            return _files.Watch(_path);
        }
        catch (Exception e) when (_watch is not null)
        {
            Volatile.Write(ref _fault, new IOException($"The settings file \"{_path}\" cannot be watched any more.", e));
            return null;
        }
    }

    private void Reload()
    {
        Reread();
        try
        {
            OnReload();
        }
        catch (Exception e)
        {
            // All who listen to the configuration are called on this thread, and nobody above it could take what one of them throws.
            Volatile.Write(ref _fault, e);
        }
    }

    private void Read()
    {
        IFileInfo file = _files.GetFileInfo(_path);
        string source = file.PhysicalPath ?? _path;
        if (!file.Exists)
        {
            if (_isOptional && !_wasRead)
                return;
            throw new FileNotFoundException($"The settings file \"{source}\" is not there.", source);
        }

        using Stream stream = file.PhysicalPath is { } path ? SettingsText.Open(path) : file.CreateReadStream();
        ParsedSettings settings = SettingsFormats.Parse(SettingsText.Of(stream, source), _format, source);
        Volatile.Write(ref _settings, settings);
        Data = settings.Values;
        _wasRead = true;
        Volatile.Write(ref _problem, null);
    }
}
