/// What the screens may call. Each has to be allowed in `capabilities/main.json`, too.
const COMMANDS: &[&str] = &["account", "pair", "forget", "run", "watch", "cancel", "upload", "save"];

fn main() {
    let commands = tauri_build::AppManifest::new().commands(COMMANDS);
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands)) {
        println!("cargo::error={error:#}");
    }
}
