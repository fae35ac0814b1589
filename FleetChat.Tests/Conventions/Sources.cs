using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace FleetChat.Tests.Conventions;

/// <summary>The repository's own files, and its C# compiled again with its meanings at hand.</summary>
public static class Sources
{
    /// <summary>
    /// What the compiler says where a source generator would have written code. Any other error means that a source was not
    /// understood, and then a convention could be broken unseen.
    /// </summary>
    private static readonly HashSet<string> ErrorsOfAbsentGenerators =
    [
        "CS8795", // a partial method without its generated body
        "CS9248", // a partial property without its generated body
        "CS0534", // a JsonSerializerContext without its generated members
        "CS0117", // ... and without its Default
        "CS7036", // ... and without its constructors
    ];

    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly string[] NotSources = ["bin", "obj", ".git", "node_modules", "TestResults"];

    private static readonly Lazy<Projects> s_projects = new(() => new Projects());

    public static string Root { get; } = FindRoot(new DirectoryInfo(AppContext.BaseDirectory));

    /// <summary>The framework and every package that the tests themselves run with.</summary>
    public static IReadOnlyList<MetadataReference> PlatformReferences { get; } =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => !Path.GetFileName(path).StartsWith("FleetChat.", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    /// <summary>Every project that LocalHost consists of.</summary>
    public static IReadOnlyList<Compilation> Product => [s_projects.Value.Core, s_projects.Value.LocalRuntime, s_projects.Value.Simulators, s_projects.Value.LocalHost];

    /// <summary>FleetChat.Functions as the real build has it, with LocalRuntime in the place of the worker's packages.</summary>
    public static Compilation Functions => s_projects.Value.Functions;

    /// <summary>Paths from the root, with forward slashes.</summary>
    public static IEnumerable<string> Files(string folder, string extension)
        => Directory.EnumerateFiles(Path.Combine(Root, folder), "*" + extension, SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Where(path => !path.Split('/').Any(NotSources.Contains))
            .Order(StringComparer.Ordinal);

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    /// <summary>File and line, as an editor opens it.</summary>
    public static string Place(SyntaxNode node) => $"{node.SyntaxTree.FilePath}:{node.GetLocation().GetLineSpan().StartLinePosition.Line + 1}";

    /// <summary>The member or, outside of one, the type that holds a node.</summary>
    public static string Member(SyntaxNode node) => node.AncestorsAndSelf().Select(NameOf).FirstOrDefault(name => name is not null) ?? "";

    public static Compilation Compile(params string[] sources) => Compile("Small", sources.Select((text, i) => Parse(text, $"Small/{i}.cs")), []);

    /// <summary>As <see cref="Compile(string[])"/>, with the worker's API at hand.</summary>
    public static Compilation CompileWithWorker(params string[] sources)
        => Compile(sources).AddReferences(MetadataReference.CreateFromFile(Assembly.Load("FleetChat.LocalRuntime").Location));

    private static CSharpCompilation CompileProject(string name, IEnumerable<string> files, params Compilation[] references)
    {
        var compilation = Compile(name, files.Select(file => Parse(Read(file), file)), references);
        var errors = compilation.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error && !ErrorsOfAbsentGenerators.Contains(d.Id)).ToList();
        return errors.Count == 0 ? compilation : throw new InvalidDataException($"The sources of {name} were not understood:\n{string.Join('\n', errors)}");
    }

    private static CSharpCompilation Compile(string name, IEnumerable<SyntaxTree> trees, Compilation[] references)
    {
        var all = trees.Append(Parse(ImplicitUsings, "ImplicitUsings.cs")).ToList();
        var isProgram = all.Any(tree => ((CompilationUnitSyntax)tree.GetRoot()).Members.Any(SyntaxKind.GlobalStatement));
        // Without the warnings about null, which the build gives: they cost a quarter of the time.
        var options = new CSharpCompilationOptions(
            isProgram ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Annotations);
        return CSharpCompilation.Create(name, all, [.. PlatformReferences, .. references.Select(reference => reference.ToMetadataReference())], options);
    }

    private static SyntaxTree Parse(string text, string path) => CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(LanguageVersion.Latest), path);

    private static string? NameOf(SyntaxNode node) => node switch
    {
        MethodDeclarationSyntax m => m.Identifier.Text,
        ConstructorDeclarationSyntax c => c.Identifier.Text,
        PropertyDeclarationSyntax p => p.Identifier.Text,
        BaseTypeDeclarationSyntax t => t.Identifier.Text,
        _ => null,
    };

    private static string FindRoot(DirectoryInfo? folder)
        => folder is null ? throw new DirectoryNotFoundException("FleetChat.sln is in no folder above the tests.")
            : File.Exists(Path.Combine(folder.FullName, "FleetChat.sln")) ? folder.FullName
            : FindRoot(folder.Parent);

    private sealed class Projects
    {
        public Projects()
        {
            Core = CompileProject("FleetChat.Core", Files("FleetChat.Core", ".cs"));
            LocalRuntime = CompileProject("FleetChat.LocalRuntime", Files("FleetChat.LocalRuntime", ".cs"));
            Simulators = CompileProject("FleetChat.Simulators", Files("FleetChat.Simulators", ".cs"));
            Functions = CompileProject("FleetChat.Functions", Files("FleetChat.Functions", ".cs"), Core, LocalRuntime);
            LocalHost = CompileProject(
                "FleetChat.LocalHost",
                [.. Files("FleetChat.LocalHost", ".cs"), .. Files("FleetChat.Functions", ".cs").Where(file => file != "FleetChat.Functions/Program.cs")],
                Core,
                LocalRuntime,
                Simulators);
        }

        public Compilation Core { get; }

        public Compilation LocalRuntime { get; }

        public Compilation Simulators { get; }

        public Compilation Functions { get; }

        public Compilation LocalHost { get; }
    }
}
