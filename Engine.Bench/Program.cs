using Engine.Bench.Quick;

return args switch
{
    ["quick"] => QuickCommand.Run(jsonPath: null),
    ["quick", "--json", var path] => QuickCommand.Run(path),
    [OneCoreSection.ChildArgument] => OneCoreSection.RunAsChild(),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: Engine.Bench quick [--json FILE]");
    return 2;
}
