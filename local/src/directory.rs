//! Directories: one that goes with its owner, and one that belongs to a single cloud at a time.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use runtime::env::Entropy;

/// A directory that is deleted when this is dropped; in memory where the system has such a place.
pub(crate) struct TemporaryDirectory(PathBuf);

impl TemporaryDirectory {
    pub fn new() -> io::Result<Self> {
        let name = data_encoding::HEXLOWER.encode(&Entropy::system().bytes::<8>());
        let in_memory = Path::new("/dev/shm");
        let parent = if in_memory.is_dir() {
            in_memory.to_owned()
        } else {
            std::env::temp_dir()
        };
        let path = parent.join(format!("elevanalog-{name}"));
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryDirectory {
    fn drop(&mut self) {
        // What cannot be deleted now is the operating system's to clean up.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Makes the directory if it is not there, and keeps other clouds out of it for as long as the file is kept.
pub(crate) fn claim(path: &Path) -> Result<File, String> {
    std::fs::create_dir_all(path).map_err(|why| why.to_string())?;
    let lock = File::create(path.join("lock")).map_err(|why| why.to_string())?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err("another local cloud uses it".to_owned()),
        Err(TryLockError::Error(why)) => Err(why.to_string()),
    }
}
